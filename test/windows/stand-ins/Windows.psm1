# A Windows host that is a hashtable, $World: cmdlets and programs read and write it as the real ones do theirs.
# Its shape stands in test/windows/world.ts.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Continue'

# What cmdlets written in .NET do: their caller's $ErrorActionPreference counts, and all of ours say Stop.
function Stop-Here {
    param([string]$Message, [string]$Category, [string]$Id)
    throw (New-Fault $Message $Category $Id)
}

# What the cmdlets for networks, the firewall and scheduled tasks do: they are functions of modules, which do not see
# their caller's $ErrorActionPreference. Without -ErrorAction Stop the caller goes on.
function Write-Fault {
    param([string]$Message, [string]$Category, [string]$Id)
    $PSCmdlet.WriteError((New-Fault $Message $Category $Id))
}

function New-Fault {
    param([string]$Message, [string]$Category, [string]$Id)
    [System.Management.Automation.ErrorRecord]::new([System.Exception]::new($Message), $Id, $Category, $null)
}

function Get-Permission {
    param([string]$Name)
    if ($World.denied -contains $Name) { Stop-Here 'Access is denied. ' PermissionDenied "Windows System Error 5,$Name" }
}

# A change: refused to whom it is denied, and written down.
function Write-Deed {
    param([string]$Name, [string]$What)
    Get-Permission $Name
    [void]$World.done.Add("$Name $What")
}

function Test-Denied {
    param([string]$Name)
    $isDenied = $World.denied -contains $Name
    if ($isDenied) { Write-Fault 'Access is denied. ' PermissionDenied "Windows System Error 5,$Name" }
    $isDenied
}

# Whether a change is made: refused to whom it is denied, and written down.
function Test-Deed {
    param([string]$Name, [string]$What)
    if (Test-Denied $Name) { return $false }
    [void]$World.done.Add("$Name $What")
    $true
}

function Select-Given {
    param($Items, $Given)
    $Items | Where-Object {
        $item = $_
        @('AddressFamily', 'IPAddress', 'InterfaceIndex', 'DestinationPrefix', 'Name' | Where-Object {
                $Given.ContainsKey($_) -and $item.Contains($_) -and $item[$_] -notlike $Given[$_]
            }).Count -eq 0
    } | ForEach-Object { [pscustomobject]$_ }
}

function Get-NetAdapter {
    [CmdletBinding()]
    param([string]$Name)
    if (Test-Denied Get-NetAdapter) { return }
    Select-Given @($World.adapters | Where-Object { $_.appearsAt -le $World.clock }) $PSBoundParameters
}

# A new address becomes Preferred when the host is sure that it has it alone.
function Update-Address {
    foreach ($address in $World.addresses) {
        if ($address.AddressState -eq 'Tentative' -and $null -ne $address.preferredAt -and $address.preferredAt -le $World.clock) {
            $address.AddressState = $address.becomes
        }
    }
}

function Get-NetIPAddress {
    [CmdletBinding()]
    param([string]$AddressFamily, [string]$IPAddress, [int]$InterfaceIndex)
    if (Test-Denied Get-NetIPAddress) { return }
    Update-Address
    $found = @(Select-Given $World.addresses $PSBoundParameters)
    if ($found.Count -eq 0) {
        return Write-Fault "No MSFT_NetIPAddress objects found with property 'IPAddress' equal to '$IPAddress'." ObjectNotFound 'CmdletizationQuery_NotFound_IPAddress,Get-NetIPAddress'
    }
    $found
}

function New-NetIPAddress {
    [CmdletBinding()]
    param([string]$IPAddress, [int]$PrefixLength, [int]$InterfaceIndex, [string]$PolicyStore)
    if (-not (Test-Deed New-NetIPAddress "$IPAddress/$PrefixLength $InterfaceIndex")) { return }
    if (@($World.addresses | Where-Object { $_.IPAddress -eq $IPAddress -and $_.InterfaceIndex -eq $InterfaceIndex }).Count -gt 0) {
        return Write-Fault 'Instance MSFT_NetIPAddress already exists ' InvalidArgument 'Windows System Error 87,New-NetIPAddress'
    }
    if (@($World.adapters | Where-Object { $_.ifIndex -eq $InterfaceIndex }).Count -eq 0) {
        return Write-Fault 'Element not found. ' NotSpecified 'Windows System Error 1168,New-NetIPAddress'
    }
    $World.births += 1
    $after = $World.preferredAfter
    $address = @{
        IPAddress = $IPAddress; PrefixLength = $PrefixLength; InterfaceIndex = $InterfaceIndex; AddressFamily = 'IPv4'
        AddressState = 'Tentative'; becomes = $World.becomes; birth = $World.births
        preferredAt = $(if ($null -eq $after) { $null } else { $World.clock + $after })
    }
    [void]$World.addresses.Add($address)
    [pscustomobject]$address
}

function Remove-NetIPAddress {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([string]$IPAddress, [int]$InterfaceIndex)
    if (-not $PSCmdlet.ShouldProcess($IPAddress)) { return }
    if (-not (Test-Deed Remove-NetIPAddress "$IPAddress $InterfaceIndex")) { return }
    $found = @($World.addresses | Where-Object { $_.IPAddress -eq $IPAddress -and $_.InterfaceIndex -eq $InterfaceIndex })
    if ($found.Count -eq 0) { return Write-Fault 'No MSFT_NetIPAddress objects found.' ObjectNotFound 'CmdletizationQuery_NotFound,Remove-NetIPAddress' }
    foreach ($address in $found) { $World.addresses.Remove($address) }
}

function Get-NetRoute {
    [CmdletBinding()]
    param([string]$AddressFamily, [string]$DestinationPrefix, [int]$InterfaceIndex)
    if (Test-Denied Get-NetRoute) { return }
    $found = @(Select-Given $World.routes $PSBoundParameters)
    if ($found.Count -eq 0) { return Write-Fault 'No matching MSFT_NetRoute objects found by CIM query.' ObjectNotFound 'CmdletizationQuery_NotFound,Get-NetRoute' }
    $found
}

function New-NetRoute {
    [CmdletBinding()]
    param([string]$DestinationPrefix, [int]$InterfaceIndex, [string]$NextHop = '0.0.0.0', [string]$PolicyStore)
    if (-not (Test-Deed New-NetRoute "$DestinationPrefix $InterfaceIndex")) { return }
    if (@($World.routes | Where-Object { $_.DestinationPrefix -eq $DestinationPrefix -and $_.InterfaceIndex -eq $InterfaceIndex -and $_.NextHop -eq $NextHop }).Count -gt 0) {
        return Write-Fault 'Instance MSFT_NetRoute already exists ' InvalidArgument 'Windows System Error 87,New-NetRoute'
    }
    $route = @{ DestinationPrefix = $DestinationPrefix; InterfaceIndex = $InterfaceIndex; NextHop = $NextHop; AddressFamily = 'IPv4'; RouteMetric = 256 }
    [void]$World.routes.Add($route)
    [pscustomobject]$route
}

function Get-NetFirewallRule {
    [CmdletBinding()]
    param([string]$DisplayName)
    if (Test-Denied Get-NetFirewallRule) { return }
    $found = @($World.firewall | Where-Object { $_.DisplayName -eq $DisplayName } | ForEach-Object { [pscustomobject]$_ })
    if ($found.Count -eq 0) {
        return Write-Fault "No MSFT_NetFirewallRule objects found with property 'DisplayName' equal to '$DisplayName'." ObjectNotFound 'CmdletizationQuery_NotFound_DisplayName,Get-NetFirewallRule'
    }
    $found
}

function Get-NetFirewallPortFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)]$AssociatedNetFirewallRule)
    [pscustomobject]@{ Protocol = $AssociatedNetFirewallRule.Protocol; LocalPort = $AssociatedNetFirewallRule.LocalPort }
}

# As many rules of one display name as one likes; a name only once.
function New-NetFirewallRule {
    [CmdletBinding()]
    param([string]$Name, [string]$DisplayName, [string]$Description, [string]$Direction, [string]$Protocol, [string]$LocalPort, [string]$Action)
    if (-not (Test-Deed New-NetFirewallRule $Name)) { return }
    if (@($World.firewall | Where-Object { $_.Name -eq $Name }).Count -gt 0) {
        return Write-Fault 'Cannot create a file when that file already exists. ' NotSpecified 'Windows System Error 183,New-NetFirewallRule'
    }
    $rule = @{ Name = $Name; DisplayName = $DisplayName; Enabled = 'True'; Direction = $Direction; Action = $Action; Protocol = $Protocol; LocalPort = $LocalPort }
    [void]$World.firewall.Add($rule)
    [pscustomobject]$rule
}

function Remove-NetFirewallRule {
    [CmdletBinding()]
    param([string]$Name)
    if (-not (Test-Deed Remove-NetFirewallRule $Name)) { return }
    foreach ($rule in @($World.firewall | Where-Object { $_.Name -eq $Name })) { $World.firewall.Remove($rule) }
}

function Get-Service {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name)
    Get-Permission Get-Service
    $service = $World.services[$Name]
    if ($null -eq $service) { Stop-Here "Cannot find any service with service name '$Name'." ObjectNotFound 'NoServiceFoundForGivenName,Get-Service' }
    [pscustomobject]@{ Name = $Name; Status = $service.Status; StartType = $service.StartType }
}

function Set-Service {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name, [string]$StartupType)
    Write-Deed Set-Service "$Name $StartupType"
    $World.services[$Name].StartType = $StartupType
}

function Start-Service {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name)
    Write-Deed Start-Service $Name
    $service = $World.services[$Name]
    if ($service.StartType -eq 'Disabled' -or $service.ContainsKey('broken')) {
        Stop-Here "Service '$Name' cannot be started due to the following error: Cannot start service $Name on computer '.'." OpenError 'CouldNotStartService,Start-Service'
    }
    $service.Status = 'Running'
    if ($Name -eq 'iphlpsvc') { foreach ($entry in $World.portproxy) { Connect-Entry $entry } }
}

function Get-CimInstance {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$ClassName)
    Get-Permission Get-CimInstance
    if ($ClassName -eq 'Win32_OperatingSystem') { return [pscustomobject]$World.os }
    foreach ($name in $World.services.Keys) {
        $service = $World.services[$name]
        [pscustomobject]@{ Name = $name; ProcessId = $(if ($service.Status -eq 'Running') { $service.ProcessId } else { 0 }) }
    }
}

function Get-ScheduledTask {
    [CmdletBinding()]
    param([string]$TaskName)
    if (Test-Denied Get-ScheduledTask) { return }
    $found = @($World.tasks | Where-Object { $_.TaskName -like $TaskName } | ForEach-Object { [pscustomobject]$_ })
    if ($found.Count -eq 0) {
        return Write-Fault "No MSFT_ScheduledTask objects found with property 'TaskName' equal to '$TaskName'." ObjectNotFound 'CmdletizationQuery_NotFound_TaskName,Get-ScheduledTask'
    }
    $found
}

function New-ScheduledTaskAction {
    [CmdletBinding()]
    param([string]$Execute, [string]$Argument)
    @{ Execute = $Execute; Argument = $Argument }
}

function New-ScheduledTaskTrigger {
    [CmdletBinding()]
    param([switch]$AtStartup, [switch]$Once, [DateTime]$At, [TimeSpan]$RepetitionInterval)
    if ($AtStartup) { return @{ AtStartup = $true } }
    @{ Once = [bool]$Once; RepetitionInterval = "$RepetitionInterval" }
}

function New-ScheduledTaskPrincipal {
    [CmdletBinding()]
    param([string]$UserId, [string]$LogonType, [string]$RunLevel)
    @{ UserId = $UserId; LogonType = $LogonType; RunLevel = $RunLevel }
}

function New-ScheduledTaskSettingsSet {
    [CmdletBinding()]
    param([ValidateRange(1, 255)][int]$RestartCount, [TimeSpan]$RestartInterval, [TimeSpan]$ExecutionTimeLimit, [string]$MultipleInstances, [switch]$StartWhenAvailable)
    @{ RestartCount = $RestartCount; RestartInterval = "$RestartInterval"; ExecutionTimeLimit = "$ExecutionTimeLimit"; MultipleInstances = $MultipleInstances; StartWhenAvailable = [bool]$StartWhenAvailable }
}

function Register-ScheduledTask {
    [CmdletBinding()]
    param([string]$TaskName, [string]$Description, $Action, $Trigger, $Principal, $Settings, [switch]$Force)
    if (-not (Test-Deed Register-ScheduledTask $TaskName)) { return }
    $standing = @($World.tasks | Where-Object { $_.TaskName -eq $TaskName })
    if ($standing.Count -gt 0) {
        if (-not $Force) { return Write-Fault 'Cannot create a file when that file already exists.' ResourceExists 'HRESULT 0x800700b7,Register-ScheduledTask' }
        $World.tasks.Remove($standing[0])
    }
    [void]$World.tasks.Add(@{ TaskName = $TaskName; State = 'Ready'; Action = $Action; Trigger = $Trigger; Principal = $Principal; Settings = $Settings })
}

function Start-ScheduledTask {
    [CmdletBinding()]
    param([string]$TaskName)
    foreach ($task in $World.tasks) { if ($task.TaskName -eq $TaskName) { $task.State = 'Running' } }
}

function Stop-ScheduledTask {
    [CmdletBinding()]
    param([string]$TaskName)
    foreach ($task in $World.tasks) { if ($task.TaskName -eq $TaskName) { $task.State = 'Ready' } }
}

function Unregister-ScheduledTask {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([string]$TaskName)
    if (-not $PSCmdlet.ShouldProcess($TaskName)) { return }
    if (-not (Test-Deed Unregister-ScheduledTask $TaskName)) { return }
    foreach ($task in @($World.tasks | Where-Object { $_.TaskName -eq $TaskName })) { $World.tasks.Remove($task) }
}

# A program that sets what does not hold, as taskfence does, unless $World.apply says how it ends.
function Start-Process {
    [CmdletBinding()]
    param([string]$FilePath, [string[]]$ArgumentList, [switch]$NoNewWindow, [switch]$PassThru, [string]$RedirectStandardOutput, [string]$RedirectStandardError)
    Write-Deed Start-Process "$($FilePath -replace '.*[\\/]', '') $($ArgumentList -join ' ')"
    [IO.File]::WriteAllText($RedirectStandardOutput, 'all is well')
    [IO.File]::WriteAllText($RedirectStandardError, '')
    if ($ArgumentList -contains 'check') { return [EndedProcess]::new(2) }
    if ($World.Contains('apply')) { return [EndedProcess]::new($World.apply) }
    foreach ($name in @('variable', 'proxy-service', 'address', 'route', 'firewall', 'portproxy')) {
        [void](& "$($World.scripts)/settings/$name.ps1" -Set)
    }
    [EndedProcess]::new(0)
}

function Get-Acl {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$LiteralPath)
    Get-Permission Get-Acl
    $list = $World.files[$LiteralPath]
    if ($null -eq $list) { Stop-Here "Cannot find path '$LiteralPath' because it does not exist." ObjectNotFound 'GetAcl_PathNotFound' }
    [AccessList]::new($list.owner, [AccessRule[]]@($list.rules | ForEach-Object { [AccessRule]::new($_.who, $_.kind, $_.rights) }))
}

function icacls {
    $global:LASTEXITCODE = 0
    [void]$World.done.Add("icacls $args")
}

function Initialize-ECSAgent {
    [CmdletBinding()]
    param([string]$Cluster, [switch]$EnableTaskIAMRole, [switch]$EnableTaskENI, [switch]$AwsvpcBlockIMDS)
    Write-Deed Initialize-ECSAgent "$Cluster $EnableTaskIAMRole $EnableTaskENI $AwsvpcBlockIMDS"
}

function Remove-NetRoute {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([string]$DestinationPrefix, [int]$InterfaceIndex, [string]$NextHop)
    if (-not $PSCmdlet.ShouldProcess($DestinationPrefix)) { return }
    if (-not (Test-Deed Remove-NetRoute "$DestinationPrefix $InterfaceIndex $NextHop")) { return }
    foreach ($route in @($World.routes | Where-Object { $_.DestinationPrefix -eq $DestinationPrefix -and $_.InterfaceIndex -eq $InterfaceIndex -and $_.NextHop -eq $NextHop })) {
        $World.routes.Remove($route)
    }
}

function Get-Process {
    [CmdletBinding()]
    param()
    foreach ($id in $World.processes.Keys) { [pscustomobject]@{ Id = [int]$id; ProcessName = $World.processes[$id] } }
}

function Get-NetTCPConnection {
    [CmdletBinding()]
    param([string]$State)
    if (Test-Denied Get-NetTCPConnection) { return }
    foreach ($listener in $World.listeners) { [pscustomobject]$listener }
    if ($World.services.iphlpsvc.Status -ne 'Running') { return }
    foreach ($entry in $World.portproxy) {
        if ($null -ne $entry.bound) { [pscustomobject]@{ LocalAddress = $entry.listenaddress; LocalPort = $entry.listenport; OwningProcess = $World.services.iphlpsvc.ProcessId } }
    }
}

# What an entry is bound to: the address as it was born then, or nothing.
function Connect-Entry {
    param($Entry)
    Update-Address
    $Entry.bound = $null
    if ($World.services.iphlpsvc.Status -ne 'Running') { return }
    if (@($World.listeners | Where-Object { $_.LocalPort -eq $Entry.listenport -and @('0.0.0.0', '::', $Entry.listenaddress) -contains $_.LocalAddress }).Count -gt 0) { return }
    if (@('0.0.0.0', '*') -contains $Entry.listenaddress) { $Entry.bound = 0; return }
    foreach ($address in $World.addresses) {
        if ($address.IPAddress -eq $Entry.listenaddress -and $address.AddressState -eq 'Preferred') { $Entry.bound = $address.birth }
    }
}

function netsh {
    $global:LASTEXITCODE = 0
    $words = "$args"
    $given = @{}
    foreach ($word in $args) { if ($word -match '^(\w+)=(.*)$') { $given[$Matches[1]] = $Matches[2] } }
    if ($World.denied -contains 'netsh') { $global:LASTEXITCODE = 1; return 'The requested operation requires elevation (Run as administrator).' }
    if ($words -like 'interface portproxy show v4tov4*') { return Show-Proxy }
    if ($words -like 'int* ipv4 show excludedportrange *') { return Show-Range }
    $standing = @($World.portproxy | Where-Object { $_.listenaddress -eq $given.listenaddress -and $_.listenport -eq [int]$given.listenport })
    if ($words -like 'interface portproxy delete v4tov4 *') {
        if ($standing.Count -eq 0) { $global:LASTEXITCODE = 1; return 'The system cannot find the file specified.' }
        Write-Deed netsh "delete $($given.listenaddress)"
        $World.portproxy.Remove($standing[0])
        return ''
    }
    if ($words -like 'interface portproxy add v4tov4 *') {
        Write-Deed netsh "add $($given.listenaddress)"
        # An entry is known by where it listens: adding it again changes where it leads.
        foreach ($entry in $standing) { $World.portproxy.Remove($entry) }
        $entry = @{
            listenaddress = $given.listenaddress; listenport = [int]$given.listenport
            connectaddress = $given.connectaddress; connectport = [int]$given.connectport; bound = $null
        }
        Connect-Entry $entry
        [void]$World.portproxy.Add($entry)
        return ''
    }
    $global:LASTEXITCODE = 1
    "The following command was not found: $words."
}

# Its words are in the language of the system.
function Show-Proxy {
    ''
    'Abhoeren von ipv4:             Verbinden mit ipv4:'
    ''
    'Adresse         Anschluss   Adresse         Anschluss'
    '--------------- ----------  --------------- ----------'
    foreach ($entry in $World.portproxy) {
        '{0,-15} {1,-10}  {2,-15} {3}' -f $entry.listenaddress, $entry.listenport, $entry.connectaddress, $entry.connectport
    }
    ''
}

function Show-Range {
    ''
    'Protocol tcp Port Exclusion Ranges'
    ''
    'Start Port    End Port      '
    '----------    --------      '
    foreach ($range in $World.excluded) { '{0,10}    {1,8}     ' -f $range[0], $range[1] }
    ''
    '* - Administered port exclusions.'
}

function docker {
    if ($null -eq $World.subnet) { $global:LASTEXITCODE = 1; return }
    $global:LASTEXITCODE = 0
    $World.subnet
}

Export-ModuleMember -Function *-*, netsh, docker, icacls
